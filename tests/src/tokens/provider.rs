//! An identity provider on this machine: it answers what it is told to, and remembers who called.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What it answers at a path.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A body with status 200.
    Body(String),
    /// A body with status 200 and a `Date`.
    Dated(String, String),
    /// A status without body.
    Status(u16),
    /// A redirect.
    Redirect(String),
    /// Nothing, for ever.
    Silence,
}

/// A request that it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Path.
    pub path: String,
    /// Value of `Authorization`.
    pub authorization: Option<String>,
    /// Body.
    pub body: String,
}

#[derive(Debug, Default)]
struct State {
    replies: BTreeMap<String, Reply>,
    requests: Vec<Request>,
    connections: usize,
}

/// An identity provider on loopback, without TLS.
#[derive(Debug)]
pub struct Provider {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Provider {
    /// Starts one that answers 404 to everything.
    ///
    /// # Errors
    ///
    /// No port is free.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, state) = (listener.local_addr()?, Arc::<Mutex<State>>::default());
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                lock(&shared).connections += 1;
                let state = shared.clone();
                tokio::spawn(async move { serve(stream, &state).await });
            }
        });
        Ok(Self { address, state, task })
    }

    /// Sets what it answers at a path from now on.
    pub fn reply(&self, path: &str, reply: Reply) {
        lock(&self.state).replies.insert(path.to_owned(), reply);
    }

    /// Returns the address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns how often it was connected to.
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// Returns the requests at a path.
    pub fn requests(&self, path: &str) -> Vec<Request> {
        lock(&self.state).requests.iter().filter(|request| request.path == path).cloned().collect()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let Some(request) = read(&mut stream).await else { return };
    let reply = {
        let mut state = lock(state);
        let reply = state.replies.get(&request.path).cloned();
        state.requests.push(request);
        reply.unwrap_or(Reply::Status(404))
    };
    let (status, extra, body) = match reply {
        Reply::Body(body) => (200, String::new(), body),
        Reply::Dated(body, date) => (200, format!("date: {date}\r\n"), body),
        Reply::Status(status) => (status, String::new(), String::new()),
        Reply::Redirect(to) => (302, format!("location: {to}\r\n"), String::new()),
        Reply::Silence => std::future::pending().await,
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\n{extra}content-length: {}\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(buffer.get(..count)?);
        if let Some(request) = parse(&String::from_utf8_lossy(&bytes)) {
            return Some(request);
        }
    }
}

/// Reads a request that has come in whole.
fn parse(text: &str) -> Option<Request> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let header = |name: &str| {
        head.lines().filter_map(|line| line.split_once(": ")).find(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    let length = header("content-length").and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    (body.len() >= length).then_some(())?;
    let path = head.split(' ').nth(1)?.to_owned();
    let authorization = header("authorization").map(|(_, value)| value.to_owned());
    Some(Request { path, authorization, body: body.to_owned() })
}
