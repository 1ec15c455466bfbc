//! The memory pool of the operators: first come, first served while memory is plentiful, fair shares when it is scarce.

use std::fmt::{self, Display, Formatter};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytesize::ByteSize;
use datafusion::common::{Result, resources_datafusion_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};

/// Least share of an operator that can spill, as long as any memory is free, however many others there are.
const SMALLEST_SHARE_BYTES: usize = 16 << 20;

/// A pool of `limit` bytes.
///
/// DataFusion's fair pool limits every operator that can spill to an equal share from the start. A large run has dozens
/// of such operators, most of which hold hardly any memory, so the few that need more spill data that would have fitted
/// into memory ten times over. This pool reserves a quarter of the memory, so that every operator is sure of a share of
/// it. Of the rest, operators take what they need while a third of it is free, and then no more than their fair share
/// of the whole. Operators that cannot spill are served first come, first served.
#[derive(Debug)]
pub struct SharedPool {
    limit: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// Operators that can spill.
    spillers: usize,
    /// Bytes that they hold.
    spillable: usize,
    /// Bytes that the others hold.
    unspillable: usize,
}

impl SharedPool {
    /// A pool of `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, held: Mutex::new(Held::default()) }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn total(&self) -> usize {
        self.spillable + self.unspillable
    }

    /// The bytes held by operators of the same kind as that of `reservation`: those that can spill, or those that
    /// cannot.
    fn kind_of(&mut self, reservation: &MemoryReservation) -> &mut usize {
        if reservation.consumer().can_spill() { &mut self.spillable } else { &mut self.unspillable }
    }

    /// Bytes by which an operator that can spill and holds `size` may grow.
    fn room_for_spiller(&self, size: usize, limit: usize) -> usize {
        let spillers = self.spillers.max(1);
        let sure = limit / 4;
        let open = limit - sure;
        let left = limit.saturating_sub(self.unspillable);
        let while_plenty = (open / 3 * 2).saturating_sub(self.total());
        let share = (left / spillers).max(SMALLEST_SHARE_BYTES);
        let while_any = share.saturating_sub(size).min(open.saturating_sub(self.total()));
        let always = (sure.min(left) / spillers).saturating_sub(size);
        while_plenty.max(while_any).max(always)
    }
}

impl MemoryPool for SharedPool {
    fn name(&self) -> &str {
        "shared"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.held().spillers += usize::from(consumer.can_spill());
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.held().spillers -= usize::from(consumer.can_spill());
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        *self.held().kind_of(reservation) += additional;
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        *self.held().kind_of(reservation) -= shrink;
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let mut held = self.held();
        let room = if reservation.consumer().can_spill() {
            held.room_for_spiller(reservation.size(), self.limit)
        } else {
            self.limit.saturating_sub(held.total())
        };
        if additional > room {
            return Err(resources_datafusion_err!(
                "Failed to allocate additional {} for {} with {} already allocated for this reservation - {} remain available",
                ByteSize::b(additional as u64),
                reservation.consumer().name(),
                ByteSize::b(reservation.size() as u64),
                ByteSize::b(room as u64)
            ));
        }
        *held.kind_of(reservation) += additional;
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.held().total()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.limit)
    }
}

impl Display for SharedPool {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(limit: {})", self.name(), ByteSize::b(self.limit as u64))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const MIB: usize = 1 << 20;

    fn pool(limit_mib: usize) -> Arc<dyn MemoryPool> {
        Arc::new(SharedPool::new(limit_mib * MIB))
    }

    fn spiller(pool: &Arc<dyn MemoryPool>) -> MemoryReservation {
        MemoryConsumer::new("spiller").with_can_spill(true).register(pool)
    }

    #[test]
    fn one_of_many_may_take_half_and_leaves_every_other_its_share() {
        let pool = pool(1200);
        let others: Vec<MemoryReservation> = (0..9).map(|_| spiller(&pool)).collect();
        let greedy = spiller(&pool);
        // Two thirds of the three quarters that are not reserved.
        greedy.try_grow(600 * MIB).unwrap();
        let refused = greedy.try_grow(1).unwrap_err().to_string();
        assert!(refused.contains("spiller"), "{refused}");
        // 300 MiB are left of them: two fair shares of 120 MiB and a half; the others are sure of a tenth of 300 MiB.
        others[0].try_grow(120 * MIB).unwrap();
        others[0].try_grow(1).unwrap_err();
        others[1].try_grow(120 * MIB).unwrap();
        others[2].try_grow(60 * MIB).unwrap();
        others[2].try_grow(1).unwrap_err();
        for other in &others[3..] {
            other.try_grow(30 * MIB).unwrap();
            other.try_grow(1).unwrap_err();
        }
        assert!(pool.reserved() <= 1200 * MIB);
        greedy.free();
        others[3].try_grow(1).unwrap();
    }

    #[test]
    fn operators_that_hold_nothing_do_not_make_the_others_spill() {
        let pool = pool(32);
        let spillers: Vec<MemoryReservation> = (0..400).map(|_| spiller(&pool)).collect();
        spillers[0].try_grow(16 * MIB).unwrap();
        spillers[0].try_grow(1).unwrap_err();
        // Three quarters are open; a fair share of 400 would be 80 KiB.
        spillers[1].try_grow(8 * MIB).unwrap();
        spillers[2].try_grow(MIB).unwrap_err();
        spillers[2].try_grow(20 << 10).unwrap();
    }

    #[test]
    fn what_cannot_spill_takes_what_is_left_and_lessens_the_shares() {
        let pool = pool(120);
        let (spilling, other) = (spiller(&pool), spiller(&pool));
        let build_side = MemoryConsumer::new("join").register(&pool);
        spilling.try_grow(60 * MIB).unwrap();
        build_side.try_grow(61 * MIB).unwrap_err();
        build_side.try_grow(60 * MIB).unwrap();
        // Sure of half of a quarter.
        other.try_grow(15 * MIB).unwrap();
        other.try_grow(1).unwrap_err();
    }
}
