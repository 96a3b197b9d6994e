//! How long taking stock takes, in a time of its own: futures sleep until a clock that only this test moves.

use super::{Asked, FAN_OUT, Store, take_stock};
use crate::credentials::{Answer, Listing, StoreKind, StorePlace};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// Milliseconds since the test began, and when somebody wants to be woken.
#[derive(Default)]
struct Clock {
    now: u64,
    alarms: BinaryHeap<Reverse<u64>>,
    sleepers: Vec<Waker>,
}

/// Whether anything can go on without the clock.
#[derive(Default)]
struct Awake(AtomicBool);

impl Wake for Awake {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Ready at a time.
struct Sleep {
    clock: Arc<Mutex<Clock>>,
    until: Option<u64>,
    milliseconds: u64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let clock = self.clock.clone();
        let mut clock = clock.lock().expect("no test panics with it");
        let milliseconds = self.milliseconds;
        let now = clock.now;
        let until = *self.until.get_or_insert_with(|| {
            clock.alarms.push(Reverse(now + milliseconds));
            now + milliseconds
        });
        if clock.now >= until {
            return Poll::Ready(());
        }
        clock.sleepers.push(context.waker().clone());
        Poll::Pending
    }
}

/// A store that needs 50 ms for every place.
struct Slow {
    kind: StoreKind,
    clock: Arc<Mutex<Clock>>,
}

impl Store for Slow {
    fn kind(&self) -> StoreKind {
        self.kind
    }

    fn list<'a>(&'a self, _: &'a StorePlace) -> Asked<'a> {
        let sleep = Sleep {
            clock: self.clock.clone(),
            until: None,
            milliseconds: LATENCY,
        };
        Box::pin(async move {
            sleep.await;
            Answer::Listed(Listing::default())
        })
    }
}

const LATENCY: u64 = 50;

/// Milliseconds that taking stock of `places` takes with these stores.
fn time(kinds: &[StoreKind], places: &[StorePlace]) -> u64 {
    let clock = Arc::new(Mutex::new(Clock::default()));
    let stores: Vec<Arc<dyn Store>> = kinds
        .iter()
        .map(|kind| {
            Arc::new(Slow {
                kind: *kind,
                clock: clock.clone(),
            }) as Arc<dyn Store>
        })
        .collect();
    let awake = Arc::new(Awake::default());
    let waker = Waker::from(awake.clone());
    let mut context = Context::from_waker(&waker);
    let mut work = pin!(take_stock(&stores, places));
    loop {
        awake.0.store(false, Ordering::Relaxed);
        if let Poll::Ready(inventory) = work.as_mut().poll(&mut context) {
            assert!(
                inventory
                    .answers
                    .keys()
                    .all(|place| kinds.contains(&place.kind()))
            );
            return clock.lock().expect("no test panics with it").now;
        }
        if awake.0.load(Ordering::Relaxed) {
            continue;
        }
        let sleepers = {
            let mut clock = clock.lock().expect("no test panics with it");
            let Reverse(next) = clock.alarms.pop().expect("somebody waits");
            clock.now = clock.now.max(next);
            std::mem::take(&mut clock.sleepers)
        };
        sleepers.into_iter().for_each(Waker::wake);
    }
}

#[test]
fn three_stores_take_as_long_as_the_slowest() {
    // A hundred credentials in three environments: a file of the vault each, an environment of GitHub, an app of Fly.
    let mut places = Vec::new();
    for environment in ["staging", "production", "preview"] {
        places.extend((0..100).map(|number| StorePlace::Vault {
            path: format!("vault/{environment}/{number}.env"),
            kv: None,
        }));
        places.push(StorePlace::Github {
            repository: "acme/web".into(),
            environment: Some(environment.into()),
        });
        places.push(StorePlace::Fly {
            app: format!("acme-{environment}"),
        });
    }
    let all = [StoreKind::Vault, StoreKind::Github, StoreKind::Fly];
    let alone: Vec<u64> = all.iter().map(|kind| time(&[*kind], &places)).collect();
    assert_eq!(
        alone,
        [300_u64.div_ceil(FAN_OUT as u64) * LATENCY, LATENCY, LATENCY]
    );
    let together = time(&all, &places);
    let slowest = alone.iter().max().copied().unwrap_or_default();
    assert!(
        together <= 3 * slowest && together == slowest,
        "{together} ms"
    );
}
