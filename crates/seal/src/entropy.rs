use model::Entropy;

/// The operating system's generator, through AWS-LC's.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

// === impl SystemEntropy ===

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) {
        aws_lc_rs::rand::fill(out).expect("a machine without randomness must not seal anything");
    }
}
