//! Members of a broker's list that are no nodes: dead, mute, or talking nonsense.

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Something that listens where a node should. Dropped, it is gone.
#[derive(Debug)]
pub struct Peer {
    url: String,
    task: JoinHandle<()>,
}

impl Peer {
    /// Returns an address on which nothing listens.
    ///
    /// # Errors
    ///
    /// No port is free.
    pub async fn dead_url() -> std::io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Ok(format!("http://{}", listener.local_addr()?))
    }

    /// Accepts connections and never says a word.
    ///
    /// # Errors
    ///
    /// No port is free.
    pub async fn mute() -> std::io::Result<Self> {
        let held = std::sync::Arc::new(tokio::sync::Mutex::new(Vec::new()));
        Self::listen(move |stream| {
            let held = held.clone();
            async move { held.lock().await.push(stream) }
        })
        .await
    }

    /// Answers every connection with what is no answer.
    ///
    /// # Errors
    ///
    /// No port is free.
    pub async fn garbage() -> std::io::Result<Self> {
        Self::listen(|mut stream| async move {
            // The other side may have hung up, which is its right.
            let _ = stream.write_all(b"\x00\xff this is not HTTP/2 \r\n\r\n").await;
        })
        .await
    }

    async fn listen<F, Done>(serve: F) -> std::io::Result<Self>
    where
        F: Fn(TcpStream) -> Done + Send + 'static,
        Done: Future<Output = ()> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serve(stream).await;
            }
        });
        Ok(Self { url, task })
    }

    /// Returns its address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
