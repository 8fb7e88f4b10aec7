/// A source of random bytes, given as an argument so that a simulation can replay it.
///
/// Production uses the operating system's generator (`seal::SystemEntropy`); nothing else may feed keys.
pub trait Entropy: Send + Sync {
    /// Fills `out` completely or panics: a machine without randomness must not seal anything.
    fn fill(&self, out: &mut [u8]);
}
