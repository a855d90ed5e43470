//! A table of Markdown that is being filled.
//! This module must not know elements.

/// Most columns or rows that one cell is spread over.
const MOST_SPAN: u32 = 30;

/// From this column on, cells are not spread: rows stay short whatever spans a page claims.
const WIDE: usize = 60;

/// Rows of cells, each text of one line.
#[derive(Default)]
pub(super) struct Grid {
    rows: Vec<Vec<String>>,
    /// Column of the current cell in the last row.
    column: Option<usize>,
    /// Rows that cells from above still reach into, one number per column.
    reach: Vec<u32>,
}

impl Grid {
    pub fn start_row(&mut self) {
        self.rows.push(vec![]);
        self.column = None;
    }

    /// Starts a cell behind those that reach into the row from above. The columns it spans besides are left empty.
    pub fn start_cell(&mut self, columns: u32, rows: u32) {
        if self.rows.is_empty() {
            self.start_row();
        }
        let Some(row) = self.rows.last_mut() else { return };
        while let Some(reach) = self.reach.get_mut(row.len()).filter(|reach| **reach > 0) {
            *reach -= 1;
            row.push(String::new());
        }
        let start = row.len();
        let most = if start < WIDE { MOST_SPAN } else { 1 };
        let end = start + columns.clamp(1, most) as usize;
        row.resize(end, String::new());
        self.reach.resize(self.reach.len().max(end), 0);
        self.reach[start..end].fill(rows.clamp(1, most) - 1);
        self.column = Some(start);
    }

    pub fn end_cell(&mut self) {
        self.column = None;
    }

    /// Adds text to the current cell; text between cells gets one of its own.
    pub fn add(&mut self, text: &str) {
        if self.column.is_none() {
            self.start_cell(1, 1);
        }
        let cell = self.rows.last_mut().zip(self.column).and_then(|(row, column)| row.get_mut(column));
        if let Some(cell) = cell {
            if !cell.is_empty() {
                cell.push_str("<br>");
            }
            cell.push_str(text);
        }
    }

    /// The table, its first row being the header. No line feed at the end.
    pub fn lines(&self) -> String {
        let width = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut lines = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            lines.push_str(if at == 0 { "|" } else { "\n|" });
            row.iter().for_each(|cell| write_cell(cell, &mut lines));
            if at == 0 {
                (row.len()..width).for_each(|_| write_cell("", &mut lines));
                lines.push_str("\n|");
                (0..width).for_each(|_| write_cell("---", &mut lines));
            }
        }
        lines
    }
}

fn write_cell(cell: &str, lines: &mut String) {
    for part in [" ", cell, if cell.is_empty() { "|" } else { " |" }] {
        lines.push_str(part);
    }
}
