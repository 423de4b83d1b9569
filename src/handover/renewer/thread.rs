//! The endpoint as a thread. On Unix that of a process which waits for the end of the command;
//! elsewhere, where a process cannot become another, that of the ssowrap which waits for it.

use std::sync::Arc;
use std::thread;

use super::errand::Errand;
use crate::context::Context;
use crate::endpoint::{self, Keep, Service, Supply, connections};
use crate::error::{Error, Kind, Result};

/// Starts the endpoint. Says its port.
pub(super) fn start(ctx: &Context, errand: Errand) -> Result<u16> {
    let cannot = |e| Error::new(Kind::Other, "the endpoint cannot be started").source(e);
    let fetch = errand.fetch(ctx)?;
    let runtime = endpoint::runtime()?;
    let listener = endpoint::listen(0)?;
    let port = listener.local_addr().map_err(cannot)?.port();
    let ctx = ctx.clone();
    let answer = move || {
        runtime.block_on(async {
            let supply = Supply::new(&ctx, Keep::Ready, fetch);
            supply.stock(errand.credentials);
            let routes = Box::new(move |_: &str| Ok(Arc::clone(&supply)));
            let service = Service::new(errand.token, port, routes);
            connections::serve(listener, Arc::new(service)).await
        })
    };
    thread::Builder::new().name("endpoint".into()).spawn(answer).map_err(cannot)?;
    Ok(port)
}
