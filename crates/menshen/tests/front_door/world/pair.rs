//! Two processes of the platform on one database, one broker, one photo store and one key, behind a load balancer.

use runtime::testing::{Balancer, PrivateBroker, PrivatePostgres};

use super::{Api, Server, TURN, Viewer, World, environment, folder, free_address, text};

/// A world with two platforms: it is reached through the balancer, and its own platform is one of the two.
pub(crate) struct Pair {
    pub(crate) world: World,
    pub(crate) other: Server,
    pub(crate) balancer: Balancer,
    /// Where the world's platform and the other one listen.
    addresses: [String; 2],
}

impl Pair {
    /// Both are started at the same moment on an empty database.
    pub(crate) async fn start() -> Self {
        let turn = TURN.lock().await;
        let broker = PrivateBroker::start().await.unwrap();
        let made = tokio::task::spawn_blocking(|| PrivatePostgres::shared().fresh_database());
        let (database, dir, addresses) =
            (made.await.unwrap().unwrap(), folder(), [(); 2].map(|()| free_address()));
        let balancer =
            Balancer::start(&addresses.each_ref().map(|address| address.parse().unwrap())).await.unwrap();
        let common = [
            ("DATABASE__URL", database),
            ("BLOBS__URL", format!("file:{}", text(&dir.path().join("blobs")))),
            ("SEAL__KEY_FILE", text(&dir.path().join("shared.key"))),
            ("HTTP__PUBLIC_URL", format!("http://{}", balancer.addr())),
        ];
        let start = |name: &str, address: &str| {
            let mut told = environment(address, &dir.path().join(name), &broker);
            told.extend(common.iter().map(|(key, value)| (format!("MENSHEN_{key}"), value.clone())));
            Server::start_through(Vec::new(), name, &["platform"], told, dir.path())
        };
        let platform = start("platform", &addresses[0]);
        let other = start("other", &addresses[1]);
        let api = Api::spread(&balancer.addr().to_string());
        let pair =
            Self { world: World { platform, api, broker, dir, _turn: turn }, other, balancer, addresses };
        pair.until_both_answer().await;
        Self { world: pair.world.begun().await, ..pair }
    }

    /// Waits until each of them answers by itself.
    pub(crate) async fn until_both_answer(&self) {
        for address in &self.addresses {
            let api = Api::new(address);
            let ready = async || (api.call("GET", "/readyz", None).await.0 == 200).then_some(());
            self.world.wait(&format!("the platform at {address}"), ready).await;
            assert!(self.other.is_as_wanted(), "the other has ended by itself");
        }
    }

    /// Speaks to the world's own platform, not by way of the balancer.
    pub(crate) fn straight(&self) -> Api {
        let mut api = Api::new(&self.addresses[0]);
        api.token.clone_from(&self.world.api.token);
        api
    }

    /// Who watches events live at each of the two.
    pub(crate) async fn viewers(&self) -> [Viewer; 2] {
        let [one, other] = &self.addresses;
        let watch =
            async |address: &str| Viewer::start(&format!("http://{address}"), &self.world.api.token).await;
        [watch(one).await, watch(other).await]
    }
}
