//! The console behind a web server with TLS, set up as its page says.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use support::process::Process;
use support::time::in_seconds;
use support::token::{mint, with};
use support::{root, until};

use crate::fixture::SECRET;
use crate::scenario::{Site, called, play};
use crate::tokens;

const NAME: &str = "tokend.example.com";

#[test]
fn behind_a_web_server_with_tls_people_log_in_and_see_joins_as_they_happen() {
    let site = called(NAME, "show_names = true\n");
    let folder = tempfile::tempdir().unwrap();
    let (port, _nginx) = web_server(&site, folder.path());
    let now = json!({"iat": null, "nbf": null, "exp": in_seconds(600), "room": "*"});
    let more = json!({
        "base": format!("https://{NAME}:{port}"),
        "daemon": format!("http://127.0.0.1:{}", site.running.daemon.port()),
        "token": mint(&with(tokens::claims(), &now), SECRET),
    });
    play(&site, "behind", &more);
}

/// One that is set up as the page on the console says, but for its port, its certificate, and where the daemon is.
fn web_server(site: &Site, folder: &Path) -> (u16, Process) {
    let certified = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let certificate = write(
        folder,
        "certificate.pem",
        &encoded("CERTIFICATE", certified.cert.der()),
    );
    let key = write(
        folder,
        "key.pem",
        &encoded("PRIVATE KEY", certified.signing_key.serialized_der()),
    );
    let port = free_port();
    let tls = format!(
        "listen 127.0.0.1:{port} ssl;\nssl_certificate {certificate};\nssl_certificate_key {key};"
    );
    let daemon = format!("127.0.0.1:{}", site.running.daemon.port());
    let server = recipe()
        .replace("listen 443 ssl;", &tls)
        .replace("127.0.0.1:5290", &daemon);
    assert!(
        server.contains(&tls) && server.contains(&daemon),
        "{server}"
    );
    (port, start(port, folder, &server))
}

fn encoded(label: &str, der: &[u8]) -> String {
    pem::encode(&pem::Pem::new(label, der))
}

fn recipe() -> String {
    let page = fs::read_to_string(root().join("docs/console.md")).unwrap();
    let (_, block) = page.split_once("```nginx\n").unwrap();
    block.split("```").next().unwrap().to_owned()
}

/// One process: its end is the end of all.
fn start(port: u16, folder: &Path, server: &str) -> Process {
    let own = folder.display();
    let main = format!(
        "daemon off;\nmaster_process off;\npid {own}/pid;\nevents {{}}\nhttp {{\naccess_log off;\nclient_body_temp_path {own}/body;\n\
         proxy_temp_path {own}/proxy;\nfastcgi_temp_path {own}/fastcgi;\nuwsgi_temp_path {own}/uwsgi;\nscgi_temp_path {own}/scgi;\n\
         {server}}}\n"
    );
    let mut command = Command::new("/usr/sbin/nginx");
    command.args(["-e", "stderr", "-c", &write(folder, "nginx.conf", &main)]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let log = folder.join("log");
    let mut process = Process::start("nginx", &mut command, &log);
    until("nginx to listen", || {
        let log = || fs::read_to_string(&log).unwrap();
        assert!(process.is_running(), "nginx ended: {}", log());
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
    });
    process
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}
