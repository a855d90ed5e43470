//! The fit: columns and labels to weights. The only file that knows linfa.
//! This module must not know documents.

use linfa::prelude::*;
use linfa_logistic::{FittedLogisticRegression, LogisticRegression};
use ndarray::{Array1, Array2, ArrayView1, Axis, ShapeBuilder};
use rayon::prelude::*;
use thiserror::Error;

/// Mean gradient (a row) above which a fit has not converged.
const CONVERGED: f64 = 2e-3;
/// Steps of the optimiser before it gives up.
const MOST_STEPS: u64 = 400;
/// How often it starts, from where it stood: sums in `f32` may end a search along a line before the minimum is reached.
const MOST_STARTS: usize = 4;

/// Why a fit failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FitError {
    /// There is nothing to tell apart.
    #[error("the training rows hold one label only ({rows} rows); add documents with content and boilerplate")]
    OneLabel {
        /// Rows of the matrix.
        rows: usize,
    },
    /// linfa refused the data.
    #[error("linfa-logistic: {0}")]
    Linfa(#[from] linfa_logistic::error::Error),
    /// The weights are not those of the minimum.
    #[error(
        "the fit has not converged: mean gradient {gradient:.1e} a row, {CONVERGED:.1e} allowed; raise l2 or look for columns without bounds"
    )]
    NotConverged {
        /// Norm of the gradient / rows.
        gradient: f64,
    },
}

/// Rows to fit on, column by column: linfa is several times faster that way.
pub struct Rows {
    /// rows × columns, column-major.
    pub columns: Array2<f32>,
    /// Whether each row is content.
    pub content: Vec<bool>,
}

impl Rows {
    /// Room for rows of `width` columns, all 0.
    pub fn new(rows: usize, width: usize) -> Rows {
        Rows { columns: Array2::zeros((rows, width).f()), content: vec![false; rows] }
    }
}

/// A fitted model on raw columns: the scaler is folded into the weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Log-odds where every column is 0.
    pub bias: f32,
    /// Log-odds a unit of each column.
    pub weights: Vec<f32>,
    /// Mean of each column over the rows.
    pub means: Vec<f32>,
}

impl Fitted {
    /// The score of a row, log-odds.
    pub fn score(&self, row: impl IntoIterator<Item = f32>) -> f32 {
        self.bias + row.into_iter().zip(&self.weights).map(|(value, weight)| value * weight).sum::<f32>()
    }
}

/// Fits a logistic model with an l2 penalty of `l2` a row. The rows are standardised in place.
///
/// # Errors
/// [`FitError`] when there is one label only, a value is not finite, or the optimiser has not converged.
pub fn fit(rows: Rows, l2: f32) -> Result<Fitted, FitError> {
    let Rows { mut columns, content } = rows;
    let scaler = standardise(&mut columns);
    let targets = Array1::from_vec(content);
    let dataset = DatasetBase::new(columns, targets);
    let (bias, weights) = fit_standardised(&dataset, l2, MOST_STEPS)?;
    Ok(fold_in(bias, &weights, &scaler))
}

/// Fits rows that have been standardised, in so many steps a start.
fn fit_standardised(
    dataset: &DatasetBase<Array2<f32>, Array1<bool>>,
    l2: f32,
    steps: u64,
) -> Result<(f32, Vec<f32>), FitError> {
    let rows = dataset.nsamples();
    let mut settings = settings(rows, l2, steps);
    let mut gradient = f64::INFINITY;
    for _ in 0..MOST_STARTS {
        let model = settings.fit(dataset).map_err(|error| match error {
            linfa_logistic::error::Error::TooFewClasses => FitError::OneLabel { rows },
            other => FitError::Linfa(other),
        })?;
        let (bias, weights) = towards_content(&model);
        gradient = mean_gradient(dataset, bias, &weights, l2);
        if gradient <= CONVERGED {
            return Ok((bias, weights));
        }
        let found: Array1<f32> = model.params().iter().copied().chain([model.intercept()]).collect();
        settings = settings.initial_params(found);
    }
    Err(FitError::NotConverged { gradient })
}

/// linfa's loss is a sum over the rows, so penalty and tolerance grow with them.
fn settings(rows: usize, l2: f32, steps: u64) -> LogisticRegression<f32> {
    LogisticRegression::default()
        .alpha(l2 * rows as f32)
        .max_iterations(steps)
        .gradient_tolerance(CONVERGED as f32 * 0.25 * rows as f32)
}

/// Bias and weights of what speaks for content: linfa makes the larger class the positive one.
fn towards_content(model: &FittedLogisticRegression<f32, bool>) -> (f32, Vec<f32>) {
    let sign = if model.labels().pos.class { 1.0 } else { -1.0 };
    (sign * model.intercept(), model.params().iter().map(|weight| sign * weight).collect())
}

/// The norm of the loss' gradient, a row: linfa does not say whether it converged.
fn mean_gradient(dataset: &DatasetBase<Array2<f32>, Array1<bool>>, bias: f32, weights: &[f32], l2: f32) -> f64 {
    let (columns, targets) = (dataset.records(), dataset.targets());
    let scores = columns.dot(&ArrayView1::from(weights)) + bias;
    let errors: Array1<f32> = scores
        .iter()
        .zip(targets)
        .map(|(&score, &content)| crate::model::sigmoid(score) - f32::from(u8::from(content)))
        .collect();
    let rows = targets.len() as f64;
    let squares: f64 = columns
        .axis_iter(Axis(1))
        .zip(weights)
        .map(|(column, &weight)| f64::from(column.dot(&errors)) / rows + f64::from(l2 * weight))
        .map(|slope| slope * slope)
        .sum();
    squares.sqrt()
}

/// Mean and standard deviation of each column.
struct Scaler {
    means: Vec<f32>,
    deviations: Vec<f32>,
}

/// Brings each column to mean 0 and deviation 1; a column that never varies becomes 0.
fn standardise(columns: &mut Array2<f32>) -> Scaler {
    let rows = columns.nrows().max(1) as f64;
    let mut views: Vec<_> = columns.axis_iter_mut(Axis(1)).collect();
    let (means, deviations) = views
        .par_iter_mut()
        .map(|column| {
            let mean = column.iter().map(|&value| f64::from(value)).sum::<f64>() / rows;
            let variance = column.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / rows;
            let deviation = variance.sqrt();
            let scale = if deviation > 1e-6 { 1.0 / deviation } else { 0.0 };
            column.mapv_inplace(|value| ((f64::from(value) - mean) * scale) as f32);
            (mean as f32, if scale > 0.0 { deviation as f32 } else { 0.0 })
        })
        .unzip();
    Scaler { means, deviations }
}

/// Weights of standardised columns to weights of raw ones.
fn fold_in(bias: f32, weights: &[f32], scaler: &Scaler) -> Fitted {
    let raw: Vec<f32> = weights
        .iter()
        .zip(&scaler.deviations)
        .map(|(&weight, &deviation)| if deviation > 0.0 { weight / deviation } else { 0.0 })
        .collect();
    let shift: f64 = raw.iter().zip(&scaler.means).map(|(&w, &m)| f64::from(w) * f64::from(m)).sum();
    Fitted { bias: (f64::from(bias) - shift) as f32, weights: raw, means: scaler.means.clone() }
}

/// Platt's calibration: the slopes and the shift that make the logistic of some scores a probability. Of several
/// scores of one row it is also their best mixture (stacking, Wolpert 1992).
///
/// # Errors
/// [`FitError`], as for [`fit`].
pub fn calibrate(scores: &[Vec<f32>], content: &[bool]) -> Result<(Vec<f32>, f32), FitError> {
    let mut rows = Rows::new(content.len(), scores.len());
    for (column, scores) in scores.iter().enumerate() {
        rows.columns.column_mut(column).assign(&ArrayView1::from(scores));
    }
    rows.content.copy_from_slice(content);
    let fitted = fit(rows, 1e-6)?;
    Ok((fitted.weights, fitted.bias))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::folds::Dice;

    /// Rows of which the first column decides, with noise; `share` of them are content.
    fn rows(count: usize, share: f64) -> Rows {
        let mut dice = Dice::new(7);
        let mut rows = Rows::new(count, 3);
        for row in 0..count {
            let content = dice.share() < share;
            rows.content[row] = content;
            let noise = dice.share() as f32 * 4.0;
            rows.columns[[row, 0]] = 10.0 + noise + if content { 2.0 } else { 0.0 };
            rows.columns[[row, 1]] = dice.share() as f32 * 100.0;
            rows.columns[[row, 2]] = 5.0;
        }
        rows
    }

    #[test]
    fn content_is_positive_whichever_class_is_larger() {
        for share in [0.2, 0.8] {
            let fitted = fit(rows(2000, share), 1e-4).unwrap();
            assert!(fitted.weights[0] > 0.5, "{share}: {fitted:?}");
            assert_eq!(fitted.weights[2], 0.0);
        }
    }

    #[test]
    fn raw_scores_give_the_probabilities_linfa_gives_on_scaled_rows() {
        let raw = rows(1000, 0.4);
        let mut scaled = raw.columns.clone();
        standardise(&mut scaled);
        let dataset = DatasetBase::new(scaled, Array1::from_vec(raw.content.clone()));
        let l2 = 1e-3;
        let linfa = settings(1000, l2, MOST_STEPS).fit(&dataset).unwrap();
        let positive = linfa.labels().pos.class;
        let theirs = linfa.predict_probabilities(dataset.records());
        let columns = raw.columns.clone();
        let ours = fit(raw, l2).unwrap();
        for (row, &their) in columns.rows().into_iter().zip(&theirs) {
            let their = if positive { their } else { 1.0 - their };
            let our = crate::model::sigmoid(ours.score(row.iter().copied()));
            assert!((our - their).abs() < 1e-4, "{our} {their}");
        }
    }

    #[test]
    fn a_fit_that_stops_short_goes_on_from_there() {
        let Rows { mut columns, content } = rows(2000, 0.2);
        standardise(&mut columns);
        let dataset = DatasetBase::new(columns, Array1::from_vec(content));
        let whole = fit_standardised(&dataset, 1e-4, MOST_STEPS).unwrap();
        let fit = |steps| fit_standardised(&dataset, 1e-4, steps);
        let short = (1..20).find(|&steps| fit(steps).is_ok()).unwrap();
        assert!(matches!(fit(short - 1), Err(FitError::NotConverged { .. })), "{short} steps are the fewest");
        let found = fit(short).unwrap();
        assert!((found.0 - whole.0).abs() < 0.05, "{found:?} {whole:?}");
        let (bias, weights) = towards_content(&settings(2000, 1e-4, short).fit(&dataset).unwrap());
        assert!(mean_gradient(&dataset, bias, &weights, 1e-4) > CONVERGED, "one start would do");
    }

    #[test]
    fn one_label_is_refused() {
        assert!(matches!(fit(rows(100, 0.0), 1e-4), Err(FitError::OneLabel { rows: 100 })));
    }

    #[test]
    fn calibration_finds_slope_and_shift() {
        let mut dice = Dice::new(3);
        let scores: Vec<f32> = (0..20000).map(|_| (dice.share() * 8.0 - 4.0) as f32).collect();
        let content: Vec<bool> =
            scores.iter().map(|score| dice.share() < f64::from(crate::model::sigmoid(0.5 * score + 1.0))).collect();
        let (slopes, shift) = calibrate(&[scores], &content).unwrap();
        assert!((slopes[0] - 0.5).abs() < 0.03 && (shift - 1.0).abs() < 0.06, "{slopes:?} {shift}");
    }
}
