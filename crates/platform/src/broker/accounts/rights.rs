//! What the account of a box may do at the broker, as RabbitMQ reads it: regular expressions over names of queues and exchanges.
//!
//! Results travel through a virtual host of their own. They are published through the default exchange, which reaches every
//! queue of its virtual host: whoever may write there could also write into the queues of other boxes, if those were in it.

use protocol::DevSno;
use serde_json::{Value, json};

use crate::broker::names;

/// Matches no name.
const NOTHING: &str = "^$";

/// The virtual host results travel through, beside the one commands travel through.
pub(crate) fn results_vhost(vhost: &str) -> String {
    if vhost == "/" { "menshen.results".to_owned() } else { format!("{vhost}.results") }
}

/// Where commands travel: a box reads its own queue, and may declare it as many boxes do by habit. It writes nothing.
pub(super) fn over_commands(dev_sno: &DevSno, fiqa_server: bool) -> Value {
    let own = escaped(&names::box_queue(dev_sno));
    let read = match fiqa_server {
        true => format!("^({own}|{})$", escaped(names::FIQA)),
        false => format!("^{own}$"),
    };
    json!({"configure": format!("^{own}$"), "write": NOTHING, "read": read})
}

/// Where results travel: a box writes and reads nothing.
pub(super) fn over_results() -> Value {
    json!({"configure": NOTHING, "write": r"^amq\.default$", "read": NOTHING})
}

/// A name as a pattern that matches it alone.
fn escaped(name: &str) -> String {
    name.chars()
        .flat_map(|c| (!c.is_ascii_alphanumeric() && c != '_').then_some('\\').into_iter().chain([c]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_may_read_its_own_queue_and_nothing_else() {
        let own = r"^menshen\.box\.AB\-1_C$";
        let rights = over_commands(&DevSno::new("AB-1_C"), false);
        assert_eq!(rights, json!({"configure": own, "write": "^$", "read": own}));
        let rights = over_commands(&DevSno::new("A1"), true);
        assert_eq!(rights["read"], r"^(menshen\.box\.A1|menshen\.fiqa)$");
        assert_eq!(over_results(), json!({"configure": "^$", "write": r"^amq\.default$", "read": "^$"}));
    }

    #[test]
    fn results_have_a_virtual_host_of_their_own() {
        assert_eq!(results_vhost("/"), "menshen.results");
        assert_eq!(results_vhost("site"), "site.results");
    }
}
