//! Batches: work on many items on several threads, results in the order of the items, memory bounded.
//! This module must not know what is worked on.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Weight (bytes) at which a chunk of items is handed to a worker: sending costs nothing against cleaning so much.
const CHUNK_WEIGHT: usize = 256 << 10;
/// Most items of a chunk, so that light ones are not held back for long.
const CHUNK_ITEMS: usize = 256;
/// Chunks that may be under way for each worker: one at work, one waiting on either side.
const CHUNKS_PER_JOB: usize = 3;
/// Weight (bytes) of the chunks under way for each worker above which no further one is sent: large sources go one by
/// one. Cleaning takes a few times the memory of its sources.
const WEIGHT_PER_JOB: usize = 32 << 20;

/// An item with its weight in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Weighed<T> {
    /// The item.
    pub item: T,
    /// How much memory it holds.
    pub weight: usize,
}

/// One worker for each processor this program may use.
pub fn default_jobs() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Calls `work` for every item and `write` for every result, in the order of the items, whatever `jobs` is.
///
/// Each worker makes a state with `start` and keeps it; items are read and results written on the calling thread.
///
/// ```
/// use dehusk::batch::{Weighed, map};
///
/// let items = ["a", "bb", "ccc"].map(|item| Weighed { item, weight: item.len() });
/// let mut lengths = Vec::new();
/// let done = map(2.try_into().unwrap(), items, || (), |(), item| item.len(), |length| -> Result<(), ()> {
///     lengths.push(length);
///     Ok(())
/// });
/// assert_eq!((done, lengths), (Ok(()), vec![1, 2, 3]));
/// ```
///
/// # Errors
/// The first error of `write`; nothing more is read then.
pub fn map<T, R, W, E>(
    jobs: NonZeroUsize,
    items: impl IntoIterator<Item = Weighed<T>>,
    start: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, T) -> R + Sync,
    mut write: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send,
    R: Send,
{
    if jobs.get() == 1 {
        let mut state = start();
        return items.into_iter().try_for_each(|weighed| write(work(&mut state, weighed.item)));
    }
    // What waits for its result bounds the queue as well, so that sending never blocks.
    let bound = Bound { chunks: CHUNKS_PER_JOB * jobs.get(), weight: WEIGHT_PER_JOB.saturating_mul(jobs.get()) };
    let (queue, tasks) = sync_channel::<Task<T, R>>(bound.chunks);
    let tasks = Mutex::new(tasks);
    thread::scope(|scope| {
        for _ in 0..jobs.get() {
            scope.spawn(|| serve(&tasks, &start, &work));
        }
        // `queue` ends here, and with it the workers.
        feed(chunks(items.into_iter()), queue, bound, &mut write)
    })
}

/// How much may be under way.
#[derive(Clone, Copy)]
struct Bound {
    chunks: usize,
    weight: usize,
}

/// Items to work on, and where to send their results.
struct Task<T, R> {
    items: Vec<T>,
    results: SyncSender<Vec<R>>,
}

/// Works on tasks until there are no more.
fn serve<T, R, W>(tasks: &Mutex<Receiver<Task<T, R>>>, start: impl Fn() -> W, work: impl Fn(&mut W, T) -> R) {
    let mut state = start();
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Task { items, results }) = task else { break };
        let done = items.into_iter().map(|item| work(&mut state, item)).collect();
        if results.send(done).is_err() {
            break;
        }
    }
}

/// Sends chunks to the workers and writes what they give, the oldest first.
fn feed<T, R, E>(
    chunks: impl Iterator<Item = Chunk<T>>,
    queue: SyncSender<Task<T, R>>,
    bound: Bound,
    write: &mut impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let mut waiting: VecDeque<(Receiver<Vec<R>>, usize)> = VecDeque::new();
    let mut collect = |(receiver, weight): (Receiver<Vec<R>>, usize)| {
        // A worker that is gone has panicked, which the end of the scope passes on.
        receiver.recv().unwrap_or_default().into_iter().try_for_each(&mut *write)?;
        Ok(weight)
    };
    let mut under_way = 0usize;
    for Chunk { items, weight } in chunks {
        while waiting.len() >= bound.chunks || under_way.saturating_add(weight) > bound.weight {
            let Some(oldest) = waiting.pop_front() else { break };
            under_way -= collect(oldest)?;
        }
        let (results, receiver) = sync_channel(1);
        under_way += weight;
        waiting.push_back((receiver, weight));
        if queue.send(Task { items, results }).is_err() {
            break;
        }
    }
    waiting.into_iter().try_for_each(|oldest| collect(oldest).map(drop))
}

/// Items that are worked on together.
struct Chunk<T> {
    items: Vec<T>,
    weight: usize,
}

/// Puts neighbouring items together until they weigh enough.
fn chunks<T>(mut items: impl Iterator<Item = Weighed<T>>) -> impl Iterator<Item = Chunk<T>> {
    std::iter::from_fn(move || {
        let mut chunk = Chunk { items: Vec::new(), weight: 0 };
        while chunk.weight < CHUNK_WEIGHT && chunk.items.len() < CHUNK_ITEMS {
            let Some(Weighed { item, weight }) = items.next() else { break };
            chunk.weight += weight;
            chunk.items.push(item);
        }
        (!chunk.items.is_empty()).then_some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(jobs: usize, count: usize, weight: usize) -> Vec<usize> {
        let items = (0..count).map(|item| Weighed { item, weight });
        let mut written = Vec::new();
        let work = |calls: &mut usize, item: usize| {
            *calls += 1;
            // Later items of a round take less time, so that results would come in disorder.
            thread::sleep(std::time::Duration::from_micros(50 * (7 - item as u64 % 7)));
            item * 2
        };
        let done: Result<(), ()> = map(
            jobs.try_into().unwrap(),
            items,
            || 0,
            work,
            |result| {
                written.push(result);
                Ok(())
            },
        );
        assert_eq!(done, Ok(()));
        written
    }

    #[test]
    fn results_come_in_the_order_of_items() {
        for (jobs, count, weight) in
            [(1, 20, 1), (3, 0, 1), (3, 1, 1), (3, 2000, 1), (3, 100, CHUNK_WEIGHT), (8, 30, usize::MAX / 64)]
        {
            let expected: Vec<usize> = (0..count).map(|item| item * 2).collect();
            assert_eq!(run(jobs, count, weight), expected, "{jobs} jobs, {count} items");
        }
    }

    #[test]
    fn an_error_of_the_writer_ends_the_reading() {
        for jobs in [1, 3] {
            let mut read = 0;
            let items = std::iter::from_fn(|| {
                read += 1;
                Some(Weighed { item: read, weight: CHUNK_WEIGHT })
            });
            let done = map(
                jobs.try_into().unwrap(),
                items,
                || (),
                |(), item| item,
                |item| if item < 5 { Ok(()) } else { Err(item) },
            );
            assert_eq!(done, Err(5), "{jobs} jobs");
            assert!(read <= 5 + 3 * CHUNKS_PER_JOB, "{read}");
        }
    }
}
