//! Batches: work on many items on several threads, results in the order of the items, memory bounded.
//! This module must not know what is worked on.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Weight (bytes) at which a chunk of items is enough for a worker: taking turns costs nothing against cleaning so much.
const CHUNK_WEIGHT: usize = 256 << 10;
/// Most items of a chunk, so that light ones are not held back for long.
const CHUNK_ITEMS: usize = 256;
/// Chunks that may be under way for each worker: one at work, one waiting on either side.
const CHUNKS_PER_JOB: usize = 3;
/// Weight (bytes) of the chunks under way for each worker above which no further one is begun: large sources go one by
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
/// The workers, of which the calling thread is one, take turns at reading: what a worker reads it works on, so that it
/// stays in the caches of one processor. Each makes a state with `start` and keeps it. Results are written by the worker
/// that has the next one.
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
    items: impl IntoIterator<Item = Weighed<T>, IntoIter: Send>,
    start: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, T) -> R + Sync,
    mut write: impl FnMut(R) -> Result<(), E> + Send,
) -> Result<(), E>
where
    T: Send,
    R: Send,
    E: Send,
{
    if jobs.get() == 1 {
        let mut state = start();
        return items.into_iter().try_for_each(|weighed| write(work(&mut state, weighed.item)));
    }
    let batch = Batch {
        source: Mutex::new(Source { chunks: chunks(items.into_iter()), read: 0 }),
        write: Mutex::new(write),
        ledger: Mutex::new(Ledger::default()),
        room: Condvar::new(),
        most_chunks: CHUNKS_PER_JOB * jobs.get(),
        most_weight: WEIGHT_PER_JOB.saturating_mul(jobs.get()),
    };
    thread::scope(|scope| {
        for _ in 1..jobs.get() {
            scope.spawn(|| batch.serve(&start, &work));
        }
        batch.serve(&start, &work);
    });
    lock(&batch.ledger).failure.take().map_or(Ok(()), Err)
}

/// What the workers share. Of several locks they take `source` first and `ledger` last.
struct Batch<C, F, R, E> {
    source: Mutex<Source<C>>,
    write: Mutex<F>,
    ledger: Mutex<Ledger<R, E>>,
    /// Told when chunks have been written.
    room: Condvar,
    most_chunks: usize,
    most_weight: usize,
}

/// Chunks to read.
struct Source<C> {
    chunks: C,
    /// How many have been.
    read: usize,
}

/// Chunks that have been begun and not been written.
struct Ledger<R, E> {
    chunks: usize,
    weight: usize,
    /// Those that wait to be written, by number.
    done: BTreeMap<usize, Done<R>>,
    /// How many have been written: the number of the next.
    written: usize,
    is_writing: bool,
    failure: Option<E>,
    /// Nothing more is to be read or written.
    is_over: bool,
}

/// The results of a chunk.
struct Done<R> {
    results: Vec<R>,
    weight: usize,
}

impl<R, E> Default for Ledger<R, E> {
    fn default() -> Self {
        Ledger {
            chunks: 0,
            weight: 0,
            done: BTreeMap::new(),
            written: 0,
            is_writing: false,
            failure: None,
            is_over: false,
        }
    }
}

/// A worker that panics leaves nothing half-done behind a lock; the end of the scope passes its panic on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<C, F, R, E> Batch<C, F, R, E> {
    /// Works on chunks until there are no more.
    fn serve<T, W>(&self, start: impl Fn() -> W, work: impl Fn(&mut W, T) -> R)
    where
        C: Iterator<Item = Chunk<T>>,
        F: FnMut(R) -> Result<(), E>,
    {
        let _end = EndOnPanic(self);
        let mut state = start();
        while let Some((number, Chunk { items, weight })) = self.read() {
            let results = items.into_iter().map(|item| work(&mut state, item)).collect();
            self.put(number, Done { results, weight });
        }
    }

    /// Reads the next chunk, and waits until there is room for it.
    fn read<T>(&self) -> Option<(usize, Chunk<T>)>
    where
        C: Iterator<Item = Chunk<T>>,
    {
        let mut source = lock(&self.source);
        if lock(&self.ledger).is_over {
            return None;
        }
        let chunk = source.chunks.next()?;
        let is_full = |ledger: &mut Ledger<R, E>| {
            let is_much = ledger.weight.saturating_add(chunk.weight) > self.most_weight;
            !ledger.is_over && ledger.chunks > 0 && (is_much || ledger.chunks >= self.most_chunks)
        };
        // The others wait for the source meanwhile, or work.
        let mut ledger = self.room.wait_while(lock(&self.ledger), is_full).unwrap_or_else(PoisonError::into_inner);
        if ledger.is_over {
            return None;
        }
        ledger.chunks += 1;
        ledger.weight += chunk.weight;
        source.read += 1;
        Some((source.read - 1, chunk))
    }

    /// Takes the results of a chunk, and writes all whose turn it is, unless another worker does.
    fn put(&self, number: usize, done: Done<R>)
    where
        F: FnMut(R) -> Result<(), E>,
    {
        let mut ledger = lock(&self.ledger);
        ledger.done.insert(number, done);
        if ledger.is_writing {
            return;
        }
        ledger.is_writing = true;
        while let Some(Done { results, weight }) = ledger.next_done() {
            drop(ledger);
            let written = results.into_iter().try_for_each(&mut *lock(&self.write));
            ledger = lock(&self.ledger);
            ledger.written += 1;
            ledger.chunks -= 1;
            ledger.weight -= weight;
            if let Err(error) = written {
                ledger.failure = Some(error);
                ledger.is_over = true;
            }
            self.room.notify_all();
        }
        ledger.is_writing = false;
    }
}

impl<R, E> Ledger<R, E> {
    /// The results whose turn it is to be written, if they are there.
    fn next_done(&mut self) -> Option<Done<R>> {
        if self.is_over { None } else { self.done.remove(&self.written) }
    }
}

/// Tells the others when a worker panics, whose chunk they would wait for.
struct EndOnPanic<'b, C, F, R, E>(&'b Batch<C, F, R, E>);

impl<C, F, R, E> Drop for EndOnPanic<'_, C, F, R, E> {
    fn drop(&mut self) {
        if thread::panicking() {
            lock(&self.0.ledger).is_over = true;
            self.0.room.notify_all();
        }
    }
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
    fn a_panic_ends_the_others_and_is_passed_on() {
        let items = (0..1000).map(|item| Weighed { item, weight: CHUNK_WEIGHT });
        let work = |(): &mut (), item: usize| assert_ne!(item, 5, "told so");
        let run = || map(3.try_into().unwrap(), items, || (), work, |()| Ok::<(), ()>(()));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
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
