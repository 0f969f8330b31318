// SPDX-License-Identifier: GPL-2.0-only
// What probe.bpf.c says that it was compiled from, line by line; no compiler reads this.
#[map]
static COUNTS: HashMap<u32, u64> = HashMap::with_max_entries(16, 0);

#[classifier]
pub fn probe(ctx: TcContext) -> i32 {
    let value = unsafe { COUNTS.get_ptr(&0) };
    let count = unsafe { *value };
    count as i32
}
