//! How we run: shutdown, supervised tasks, backoff, the AMQP session, configuration and telemetry.
