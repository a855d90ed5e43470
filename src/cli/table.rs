//! Tables for people to read.

use std::fmt;

/// A table with a heading; columns are as wide as their widest cell.
pub struct Table {
    rows: Vec<Vec<String>>,
    left: Vec<usize>,
}

impl Table {
    /// A table with a heading. All but the first column are flush right.
    pub fn new(heading: &[&str]) -> Table {
        Table { rows: vec![heading.iter().map(|name| (*name).to_owned()).collect()], left: vec![0] }
    }

    /// Sets which columns are flush left.
    pub fn left(self, columns: &[usize]) -> Table {
        Table { left: columns.to_vec(), ..self }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(|column| self.width(column)).collect();
        for row in &self.rows {
            let cells: Vec<String> = row
                .iter()
                .enumerate()
                .map(|(column, cell)| match self.left.contains(&column) {
                    true => format!("{cell:<width$}", width = widths[column]),
                    false => format!("{cell:>width$}", width = widths[column]),
                })
                .collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["group", "F1"]);
        table.row(["größer".to_owned(), "0.5".to_owned()]);
        assert_eq!(table.to_string(), "group    F1\ngrößer  0.5\n");
    }
}
