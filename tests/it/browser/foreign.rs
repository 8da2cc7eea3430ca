//! A server of others, which may turn into a name for ours.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 20\r\n\
                    connection: close\r\n\r\n<html><body></body>\n";

/// Serves an empty page at every address.
pub(super) struct Foreign {
    address: SocketAddr,
    leads_to: Arc<Mutex<Option<String>>>,
}

impl Foreign {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let leads_to: Arc<Mutex<Option<String>>> = Arc::default();
        let leads = Arc::clone(&leads_to);
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(connection, Arc::clone(&leads)));
            }
        });
        Self { address, leads_to }
    }

    pub(super) fn url(&self, host: &str) -> String {
        format!("http://{host}:{}", self.address.port())
    }

    /// From now on connections lead to the server at this URL.
    pub(super) fn becomes(&self, url: &str) {
        let address = url.trim_start_matches("http://").to_owned();
        *self.leads_to.lock().unwrap() = Some(address);
    }
}

async fn serve(mut connection: TcpStream, leads_to: Arc<Mutex<Option<String>>>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match connection.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    // A browser may have opened the connection before it has something to ask.
    let leads_to = leads_to.lock().unwrap().clone();
    if let Some(address) = leads_to {
        let mut other = TcpStream::connect(address).await.unwrap();
        other.write_all(&request).await.unwrap();
        copy_bidirectional(&mut connection, &mut other).await.ok();
        return;
    }
    connection.write_all(PAGE.as_bytes()).await.ok();
}
