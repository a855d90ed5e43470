//! Labelling: a page for this machine's browser on which people say what is content and what is boilerplate.
//! This module must not know where documents come from.
//!
//! ```text
//! Pending documents ──▶ Desk (marks, journal, fixtures) ◀── Server (127.0.0.1, token) ◀── page.html, page.js
//! ```

mod adapt;
mod desk;
mod guard;
mod journal;
mod server;
mod sheet;
mod store;

pub use adapt::{AdaptError, Adapted, Base, adapted};
pub use desk::{Desk, LabelError, Order, Pending, Progress, Row, Wanted};
pub use server::Server;
pub use sheet::{Line, Mark};
