//! The server: the desk over HTTP, to this machine only.
//! This module must not know how labels are kept.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::desk::{Desk, LabelError, Order, Task};
use super::guard::{Guard, HEADERS};
use super::sheet::Mark;
use crate::block::Reason;
use crate::import::Tool;
use crate::train::corpus::{LabelledDocument, to_json};

/// Documents on a page of the list.
const ROWS: usize = 50;
/// How long the judging of documents rests when there is nothing to judge.
const REST: Duration = Duration::from_millis(200);

/// What the page is made of: name, kind, text.
const PARTS: [(&str, &str, &str); 3] = [
    ("", "text/html; charset=utf-8", include_str!("page.html")),
    ("page.css", "text/css; charset=utf-8", include_str!("page.css")),
    ("page.js", "text/javascript; charset=utf-8", include_str!("page.js")),
];

/// The desk, shared by requests and by what judges documents meanwhile.
type Shared = Arc<Mutex<Desk>>;

/// A server that has its port and its token and has not answered yet.
pub struct Server {
    listener: TcpListener,
    token: String,
    desk: Shared,
}

impl Server {
    /// Takes a port of 127.0.0.1 (0: any that is free) and makes a token.
    ///
    /// # Errors
    /// When the port is taken, or the system gives no random bytes.
    pub fn bind(desk: Desk, port: u16) -> io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        Ok(Server { listener, token: token()?, desk: Arc::new(Mutex::new(desk)) })
    }

    /// The address of the page, token included.
    ///
    /// # Errors
    /// When the system does not tell the port.
    pub fn url(&self) -> io::Result<String> {
        Ok(format!("http://{}/{}/", self.listener.local_addr()?, self.token))
    }

    /// Answers until the program ends.
    ///
    /// # Errors
    /// When the system fails.
    pub fn run(self) -> io::Result<()> {
        let guard = Guard::new(self.token.clone(), self.listener.local_addr()?.port());
        let desk = Arc::downgrade(&self.desk);
        thread::spawn(move || judge_all(&desk));
        self.listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            axum::serve(listener, router(guard, &self.token, self.desk)).await
        })
    }
}

/// 128 random bits in hexadecimal digits.
fn token() -> io::Result<String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Judges documents one by one, as long as there is a desk.
fn judge_all(desk: &Weak<Mutex<Desk>>) {
    let mut next = 0;
    while let Some(desk) = desk.upgrade() {
        let task = lock(&desk).next_unjudged(next);
        match task {
            Some(task) => {
                next = task.document + 1;
                let review = task.sheet().map(|sheet| sheet.review());
                lock(&desk).judged(task.document, task.generation, review);
            }
            None => {
                drop(desk);
                thread::sleep(REST);
            }
        }
    }
}

/// The desk; what a request left behind that failed in the middle is whole, since every change is one entry.
fn lock(desk: &Shared) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn router(guard: Guard, token: &str, desk: Shared) -> Router {
    let at = |path: &str| format!("/{token}/{path}");
    let mut routes = Router::new()
        .route(&at("api/progress"), get(progress))
        .route(&at("api/documents"), get(documents))
        .route(&at("api/documents/{document}"), get(document))
        .route(&at("api/mark"), post(mark))
        .route(&at("api/confirm"), post(confirm))
        .route(&at("api/undo"), post(undo))
        .route(&at("api/adapt"), post(adapt))
        .route(&at("export/{format}"), get(export));
    for (name, kind, text) in PARTS {
        routes = routes.route(&at(name), get(move || async move { ([(header::CONTENT_TYPE, kind)], text) }));
    }
    routes.with_state(desk).layer(middleware::from_fn_with_state(guard, guarded))
}

/// Turns away who may not ask, and says on every answer how it may be used.
async fn guarded(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = match guard.admits(request.uri().path(), request.headers()) {
        true => next.run(request).await,
        false => (StatusCode::FORBIDDEN, "403: open the address that dehusk label has printed\n").into_response(),
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    response
}

impl IntoResponse for LabelError {
    fn into_response(self) -> Response {
        let status = match self {
            LabelError::NotThere => StatusCode::NOT_FOUND,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}

async fn progress(State(desk): State<Shared>) -> Json<Value> {
    Json(json!(lock(&desk).progress()))
}

async fn documents(State(desk): State<Shared>, Query(order): Query<Order>) -> Json<Value> {
    let (rows, count) = lock(&desk).rows(&order, ROWS);
    Json(json!({ "rows": rows, "count": count, "skip": order.skip, "page": ROWS }))
}

async fn document(State(desk): State<Shared>, Path(document): Path<usize>) -> Result<Json<Value>, LabelError> {
    shown(&mut lock(&desk), document)
}

/// A document with its blocks.
fn shown(desk: &mut Desk, document: usize) -> Result<Json<Value>, LabelError> {
    let lines = json!(desk.lines(document)?);
    let row = desk.listed(document);
    let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    Ok(Json(json!({ "row": row, "lines": lines, "reasons": reasons, "progress": desk.progress() })))
}

#[derive(Deserialize)]
struct MarkRequest {
    document: usize,
    first: usize,
    last: usize,
    mark: Option<Mark>,
}

/// What has changed: marks of a document, its row, and the progress.
fn changed(desk: &mut Desk, document: usize) -> Result<Json<Value>, LabelError> {
    let marks: Vec<Option<Mark>> = desk.lines(document)?.iter().map(|line| line.mark).collect();
    Ok(Json(json!({ "document": document, "marks": marks, "row": desk.listed(document), "progress": desk.progress() })))
}

async fn mark(State(desk): State<Shared>, Json(request): Json<MarkRequest>) -> Result<Json<Value>, LabelError> {
    let MarkRequest { document, first, last, mark } = request;
    let mut desk = lock(&desk);
    desk.mark(document, first, last, mark)?;
    changed(&mut desk, document)
}

#[derive(Deserialize)]
struct ConfirmRequest {
    document: usize,
    done: bool,
}

async fn confirm(State(desk): State<Shared>, Json(request): Json<ConfirmRequest>) -> Result<Json<Value>, LabelError> {
    let mut desk = lock(&desk);
    desk.confirm(request.document, request.done)?;
    changed(&mut desk, request.document)
}

async fn undo(State(desk): State<Shared>) -> Result<Json<Value>, LabelError> {
    let mut desk = lock(&desk);
    match desk.undo()? {
        Some(document) => changed(&mut desk, document),
        None => Ok(Json(json!({ "document": null, "progress": desk.progress() }))),
    }
}

/// Adapts the models beside the desk, which meanwhile goes on.
async fn adapt(State(desk): State<Shared>) -> Result<Json<Value>, LabelError> {
    let adapting = lock(&desk).adapting();
    let found = tokio::task::spawn_blocking(move || adapting.run())
        .await
        .map_err(|error| LabelError::Unreadable(error.to_string()))?;
    let mut desk = lock(&desk);
    if found.iter().any(|(_, found)| matches!(found, Some(Ok(_)))) {
        desk.adopt(&found);
    }
    let models: Vec<Value> = found
        .iter()
        .filter_map(|(model, found)| found.as_ref().map(|found| (model, found)))
        .map(|(model, found)| match found {
            Ok(own) => json!(own),
            Err(error) => json!({ "model": model, "error": error.to_string() }),
        })
        .collect();
    Ok(Json(json!({ "models": models, "progress": desk.progress() })))
}

/// What was labelled, in the format of an annotation tool, or as labelled documents.
async fn export(State(desk): State<Shared>, Path(format): Path<String>) -> Response {
    let tool = Tool::named(&format);
    let Some(ending) = tool.map(|tool| tool.ending).or((format == "jsonl").then_some("jsonl")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tasks = lock(&desk).touched_tasks();
    let documents = tokio::task::spawn_blocking(move || labelled(&tasks)).await.unwrap_or_default();
    let text = match tool {
        Some(tool) => tool.write(&documents),
        None => documents.iter().map(|document| to_json(document) + "\n").collect(),
    };
    let attachment = format!("attachment; filename=\"labelled-{format}.{ending}\"");
    let headers = [(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_DISPOSITION, attachment)];
    (headers, Body::from(text)).into_response()
}

fn labelled(tasks: &[Task]) -> Vec<LabelledDocument> {
    tasks.iter().filter_map(|task| task.labelled().ok()).collect()
}
