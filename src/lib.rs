//! Set up, see and prove the observability of the Cruddur application.
//!
//! The map of the house. Each room, in one sentence; what it may name; what it must not know. An
//! integration test, `layers`, reads the source and holds it to this.
//!
//! | room | what it is | may name |
//! |---|---|---|
//! | [`model`] | the shared words: time, events, questions, answers, rules, plans | nothing of ours |
//! | [`store`] | events by column, in memory and in mapped segments, and small documents, behind one write-ahead log | model, clock, records, system, whole_file |
//! | [`engine`] | a question answered from parts of stored events, without I/O | store, model |
//! | [`honeycomb`] | Honeycomb's events and queries: `wire`, `client`, `server` | model; the client settings, clock and whole_file, the server engine, store, door and the base64 of `otlp` |
//! | [`xray`] | X-Ray: rule file, sampler, segments, filter, `client`, `server`, and the `daemon`'s door | model; the client `aws`, the server store and door |
//! | [`cloudwatch`] | CloudWatch Logs: patterns, queries, lines, `client`, `server`, and the `sink` with its spool | model; the client `aws`, the sink records, spool and whole_file, the server store and door |
//! | [`otlp`] | OpenTelemetry's wire: bytes in, rows out, over HTTP and gRPC | model, store, door, clock |
//! | [`aws`] | from a target to the SDK's configuration, from its errors to ours | settings, model |
//! | [`settings`] | environment, secrets, targets | model |
//! | [`records`] | checksummed records in a file, found again after damage | nothing of ours |
//! | [`spool`] | what waits on disk until another side has taken it, who has it, and how it gets there | records, whole_file |
//! | [`clock`] | the present moment, in the unit that every room counts in | nothing of ours |
//! | [`whole_file`] | a file that appears whole or not at all, and never at the other end of a link | nothing of ours |
//! | [`system`] | page size and priority, asked of the operating system | nothing of ours |
//! | [`door`] | a bounded TCP door, who has the port, bounded bodies, the memory and the turns of what is in flight | nothing of ours |
//! | [`stack`] | every server behind one door, the lock file, an ordered stop | every server, store, settings, door, clock, system, whole_file |
//! | [`relay`] | the stand-in for AWS's X-Ray daemon: segments in by UDP, on to the stack or to AWS | xray and its client, stack, aws, settings, spool, door, clock |
//! | [`backend`] | the mock application and what is told of each request | clients, sampler, segment, the sink, spool, the writer of `otlp`, aws, settings, door, clock, system, model |
//! | [`load`] | traffic, at its own pace or as fast as it is answered, and its honest statistics | the widths of model |
//! | `fuzzing` | a door for the fuzzer to every decoder; no part of the product | every room with a decoder |
//! | [`cli`] | the command line; the only room that prints | clients, plans, the sink, stack, relay, backend, load, settings, spool, aws, door, clock, system, whole_file, model |
//!
//! What is absent on purpose: no client names a server and no server a client, so that the wire stays
//! the only seam; nothing names `cli`; `model`, `store` and `engine` know no vendor; only `main` ends
//! the process; nothing phones home.

pub mod aws;
pub mod backend;
pub mod cli;
pub mod clock;
pub mod cloudwatch;
pub mod door;
pub mod engine;
#[doc(hidden)]
pub mod fuzzing;
pub mod honeycomb;
pub mod load;
pub mod model;
pub mod otlp;
pub mod records;
pub mod relay;
pub mod settings;
pub mod spool;
pub mod stack;
pub mod store;
pub mod system;
pub mod whole_file;
pub mod xray;
