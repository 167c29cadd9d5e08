//! What has been executed since this was last asked, as the compiler counts it.
//!
//! It is there for `make fuzz` alone, in a library of its own that is compiled with
//! `-C instrument-coverage`: no gateway is built with it.

use pyo3::prelude::*;

unsafe extern "C" {
    fn __llvm_profile_begin_counters() -> *mut u64;
    fn __llvm_profile_end_counters() -> *mut u64;
}

/// For each place in the code how often it was executed, in powers of two; then all are 0 again.
#[pyfunction]
pub fn counted() -> Vec<u8> {
    // SAFETY: the compiler's runtime gives the bounds of one array that lives as long as the
    // library, and nothing else runs in it: the caller holds Python's lock.
    let counters = unsafe {
        let first = __llvm_profile_begin_counters();
        let length = __llvm_profile_end_counters().offset_from(first);
        std::slice::from_raw_parts_mut(first, length.unsigned_abs())
    };
    let bits = |counter: &mut u64| {
        let times = std::mem::take(counter);
        (u64::BITS - times.leading_zeros()) as u8
    };
    counters.iter_mut().map(bits).collect()
}
