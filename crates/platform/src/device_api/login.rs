//! `GET|POST /device/login`: a box shows its licence key and learns everything else.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use protocol::limits::MAX_BATCH;
use protocol::{
    BrokerBlock, Code, DevSno, ExchangeBlock, Extension, LoginReply, LoginRequest, Mac, ReadError, address,
};
use rand::Rng;
use runtime::amqp::BrokerAddress;

use super::auth::{hash_of, plain_ip};
use super::body::{self, LIGHT};
use super::refused::json;
use super::{CAMERAS, Device, REALTIME, RECORDS, Refused, STATUS};
use crate::base_url;
use crate::broker::accounts::{AccountError, Accounts, OVERLAP, Prepared};
use crate::broker::names;
use crate::db::{DbError, Tx, broker_account, desired, device, erasure, token};
use crate::server::Peer;
use crate::{clock, config};

/// What a login came to.
enum Verdict {
    Accepted {
        fiqa_server: bool,
        repaired: bool,
    },
    Unknown,
    Occupied,
    /// The box was unbound or removed while its account at the broker was made.
    Overtaken,
}

/// Logs a box in.
pub(super) async fn login(
    State(device): State<Arc<Device>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    request: Request,
) -> Result<Response, Refused> {
    let now = clock::now();
    if !device.guard.may_try(peer.ip(), now) {
        let message = "too many failed logins from this address, try again in a minute";
        return Err(Refused::new(StatusCode::TOO_MANY_REQUESTS, Code::PARAM_ERROR, message));
    }
    let (parts, body) = request.into_parts();
    let request = match read(&device, &parts, body).await? {
        Ok(request) => request,
        Err(error) => {
            device.guard.failed(peer.ip(), now);
            device.app.counts.requests_unreadable.add();
            return Err(Refused::new(StatusCode::UNAUTHORIZED, Code::PARAM_ERROR, error.to_string()));
        }
    };
    let base_url = base_url::of_request(&device.app.config, &parts.headers, &parts.uri);
    let token = new_token();
    let mut verdict = look(&device, &request).await?;
    let mut account = None;
    if let (Verdict::Accepted { fiqa_server, .. }, Some(accounts)) = (&verdict, device.app.broker.accounts())
    {
        account = Some(prepare(&device, accounts, &request.dev_sno, *fiqa_server).await?);
    }
    if let Verdict::Accepted { .. } = verdict {
        let login = account.as_ref().map(|account| account.login.clone());
        verdict = decide(&device, &request, peer, &base_url, hash_of(&token), login, now).await?;
    }
    let (dev_sno, mac) = (&request.dev_sno, request.hex_mac.as_ref().map(Mac::as_str));
    let Verdict::Accepted { fiqa_server, repaired } = verdict else {
        if matches!(verdict, Verdict::Overtaken) {
            return Err(later("the box was unbound meanwhile"));
        }
        device.guard.failed(peer.ip(), now);
        let (code, message) = match verdict {
            Verdict::Occupied => (
                Code::DEV_SNO_OCCUPIED,
                "this licence key is bound to another box; an operator can unbind it",
            ),
            _ => (Code::DEV_SNO_UNKNOWN, "this licence key does not exist"),
        };
        tracing::warn!(%dev_sno, mac, %peer, %code, "a box was not let in");
        return Err(Refused::new(StatusCode::UNAUTHORIZED, code, message));
    };
    tracing::info!(%dev_sno, mac, %peer, repaired, "a box logged in");
    if let Err(error) = device.app.broker.ensure_queue(dev_sno).await {
        // The box retries its broker until the queue is there, and queues are declared as soon as the link is up.
        tracing::warn!(%dev_sno, %error, "the queue of a box could not be declared at its login");
    }
    device.app.nudge();
    Ok(json(reply(&device, dev_sno, token, &base_url, fiqa_server, account.as_ref()).to_json()))
}

/// Reads key and hardware address from the query, else from a form or JSON body.
async fn read(
    device: &Device,
    parts: &Parts,
    body: axum::body::Body,
) -> Result<Result<LoginRequest, ReadError>, Refused> {
    let query = parts.uri.query().unwrap_or("");
    let from_query = LoginRequest::from_query(query);
    if from_query.is_ok() || parts.method == Method::GET {
        return Ok(from_query);
    }
    let held = device.room.read(&parts.headers, body, LIGHT).await?;
    let text = String::from_utf8_lossy(&held.bytes);
    let is_json = body::is_type(&parts.headers, "application/json") || text.trim_start().starts_with('{');
    if text.trim().is_empty() {
        return Ok(from_query);
    }
    Ok(if is_json { LoginRequest::read(&held.bytes) } else { LoginRequest::from_query(&text) })
}

/// Whether a box would be let in: nothing is done for one that would not.
async fn look(device: &Device, request: &LoginRequest) -> Result<Verdict, Refused> {
    let (dev_sno, mac) = (request.dev_sno.clone(), request.hex_mac.clone());
    let known = device.app.db.read(move |tx: &mut Tx<'_>| device::find(tx, &dev_sno)).await?;
    Ok(judged(known.as_ref(), mac.as_ref()))
}

fn judged(known: Option<&device::Known>, mac: Option<&Mac>) -> Verdict {
    let Some(known) = known else { return Verdict::Unknown };
    match (known.mac.as_deref(), mac.map(Mac::as_str)) {
        (Some(occupant), Some(mac)) if occupant != mac => Verdict::Occupied,
        // Other hardware under the same key holds nothing of what the last one proved.
        (_, mac) => {
            let repaired =
                matches!((known.proved_mac.as_deref(), mac), (Some(proved), Some(mac)) if proved != mac);
            Verdict::Accepted { fiqa_server: known.fiqa_server, repaired }
        }
    }
}

/// An account at the broker, or the refusal of a box that has to come back: never the platform's own account instead.
async fn prepare(
    device: &Device,
    accounts: &Accounts,
    dev_sno: &DevSno,
    fiqa_server: bool,
) -> Result<Prepared, Refused> {
    match accounts.prepare(&device.app.db, dev_sno, fiqa_server).await {
        Ok(prepared) => Ok(prepared),
        Err(AccountError::Db(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(%dev_sno, %error, "a box was not let in: it cannot get an account at the broker just now");
            Err(later("the platform cannot make an account at the broker just now"))
        }
    }
}

/// Not the box's fault, and soon over.
fn later(reason: &str) -> Refused {
    let message = format!("{reason}; try again later");
    Refused::new(StatusCode::SERVICE_UNAVAILABLE, Code::REMOTE_SERVER_FAILED, message)
}

async fn decide(
    device: &Device,
    request: &LoginRequest,
    peer: SocketAddr,
    base_url: &str,
    token_hash: String,
    account: Option<String>,
    now: i64,
) -> Result<Verdict, Refused> {
    let dev_sno = request.dev_sno.clone();
    let login =
        device::Login { mac: request.hex_mac.clone(), addr: plain_ip(peer), base_url: base_url.to_owned() };
    let verdict = device.app.db.write(move |tx: &mut Tx<'_>| {
        let known = device::find(tx, &dev_sno)?;
        let verdict = judged(known.as_ref(), login.mac.as_ref());
        let Verdict::Accepted { repaired, .. } = verdict else { return Ok(verdict) };
        if let Some(account) = &account
            && !broker_account::switch(tx, &dev_sno, account, now + OVERLAP, now)?
        {
            return Ok(Verdict::Overtaken);
        }
        let is_new_here = known.as_ref().is_some_and(|known| known.proved_mac.is_none());
        if let Some(mac) = login.mac.as_ref().filter(|_| is_new_here)
            && device::had_another_key(tx, &dev_sno, mac)?
        {
            // Used hardware: it may hold people of its earlier place.
            device::empty_at(tx, &dev_sno, Some(now))?;
        }
        if repaired {
            let why = "other hardware took the box's place before it proved it";
            erasure::unprovable(tx, &dev_sno, why, now)?;
            desired::doubt_box(tx, &dev_sno, now)?;
            // It may hold people of an earlier key, whom nobody here would ever remove: it is emptied before it is filled.
            device::empty_at(tx, &dev_sno, Some(now))?;
        }
        if known.is_some_and(|known| !known.has_joined) {
            desired::begin_waiting(tx, &dev_sno, now)?;
        }
        device::logged_in(tx, &dev_sno, &login, now)?;
        if device::seen(tx, &dev_sno, now)? {
            desired::hurry(tx, &dev_sno, now)?;
        }
        token::issue(tx, &dev_sno, &token_hash, now)?;
        Ok::<_, DbError>(verdict)
    });
    Ok(verdict.await?)
}

fn reply(
    device: &Device,
    dev_sno: &DevSno,
    token: String,
    base_url: &str,
    fiqa_server: bool,
    account: Option<&Prepared>,
) -> LoginReply {
    let app = &device.app;
    let at = |path: &str| address::resolve(base_url, path);
    let broker = app.broker.address();
    let queue = names::box_queue(dev_sno);
    let (port, tls) = broker_port(&app.config.broker, broker);
    LoginReply {
        token,
        img_server_addr: None,
        cloud_server_address: None,
        record_addrs: vec![at(RECORDS)],
        record_upload_period: app.config.boxes.record_upload_period,
        device_info_addr: Some(at(CAMERAS)),
        device_list_info_addr: Some(at(CAMERAS)),
        device_monitor_addr: Some(at(STATUS)),
        device_monitor_period: app.config.boxes.heartbeat_period,
        rabbitmq: BrokerBlock {
            host: broker_host(device, base_url),
            port,
            tls,
            login: account.map_or(&broker.login, |account| &account.login).clone(),
            password: account.map_or(&broker.password, |account| &account.password).clone(),
            queue: queue.clone(),
            vhost: broker.vhost.clone(),
            upload_vhost: account.map_or(&broker.vhost, |account| &account.results_vhost).clone(),
            upload_queue: Some(names::RESULTS.to_owned()),
            fiqa_down_queue: fiqa_server.then(|| names::FIQA.to_owned()),
            fiqa_up_queue: fiqa_server.then(|| names::FIQA_RESULTS.to_owned()),
            need_bind: false,
            exchange: Some(ExchangeBlock {
                name: names::COMMANDS.to_owned(),
                kind: "topic".to_owned(),
                passive: false,
                durable: true,
                auto_delete: false,
                arguments: None,
                routing_key: Some(queue),
            }),
        },
        menshen: Some(Extension { record_batch_max: MAX_BATCH, realtime_addr: Some(at(REALTIME)) }),
    }
}

/// The broker's host as a box can reach it: as configured; else as the platform reaches it, unless that is only good on this machine
/// while the box came from outside: then the host under which the box found us.
fn broker_host(device: &Device, base_url: &str) -> String {
    if let Some(host) = &device.app.config.broker.public_host {
        return host.clone();
    }
    let own = &device.app.broker.address().host;
    match url::Url::parse(base_url).ok().and_then(|url| url.host_str().map(str::to_owned)) {
        Some(asked) if is_loopback(own) && !is_loopback(&asked) => asked,
        _ => own.clone(),
    }
}

/// The broker's port as boxes are told, and whether by TLS, which is said where the port does not tell by custom.
fn broker_port(config: &config::Broker, own: &BrokerAddress) -> (u16, Option<bool>) {
    let by_tls = config.tls.unwrap_or(own.tls);
    let usual = match by_tls {
        _ if by_tls == own.tls => own.port,
        true => BrokerBlock::TLS_PORT,
        false => 5672,
    };
    let port = config.public_port.unwrap_or(usual);
    (port, (by_tls != (port == BrokerBlock::TLS_PORT)).then_some(by_tls))
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// 256 random bits.
fn new_token() -> String {
    let mut bits = [0_u8; 32];
    rand::rng().fill_bytes(&mut bits);
    BASE64_URL_SAFE_NO_PAD.encode(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_recognised_however_it_is_written() {
        for host in ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["192.0.2.7", "mq.example.org", "[2001:db8::1]"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn boxes_are_told_the_brokers_port_and_tls_where_it_does_not_tell() {
        let own = |url: &str| BrokerAddress::from_url(url).unwrap();
        let (plain, by_tls) = (own("amqp://mq.example"), own("amqps://mq.example"));
        let told = |tls, public_port, own: &BrokerAddress| {
            broker_port(&config::Broker { tls, public_port, ..config::Broker::default() }, own)
        };
        assert_eq!(told(None, None, &plain), (5672, None));
        assert_eq!(told(None, None, &by_tls), (5671, None));
        assert_eq!(told(Some(true), None, &plain), (5671, None));
        assert_eq!(told(Some(false), None, &by_tls), (5672, None));
        assert_eq!(told(None, Some(443), &by_tls), (443, Some(true)));
        assert_eq!(told(Some(true), Some(443), &plain), (443, Some(true)));
        assert_eq!(told(Some(false), Some(5671), &plain), (5671, Some(false)));
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, other) = (new_token(), new_token());
        assert_eq!(one.len(), 43);
        assert_ne!(one, other);
    }
}
