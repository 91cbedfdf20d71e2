//! Random numbers of a simulation: the same ones each time, so that the same table has the same risk. They keep no secret.

/// Where they come from (SplitMix64).
#[derive(Clone, Debug)]
pub(super) struct Draw(u64);

impl Default for Draw {
    fn default() -> Self {
        Self(0x5eed_0ff7)
    }
}

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1, neither included.
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// How many copies somebody has, 0, 1 or 2, with these chances.
    pub(super) fn copies(&mut self, [none, one, _]: &[f64; 3]) -> usize {
        let unit = self.unit();
        usize::from(unit >= *none) + usize::from(unit >= none + one)
    }

    /// A share of a Beta distribution; both parameters are greater than 0.
    pub(super) fn share(&mut self, a: f64, b: f64) -> f64 {
        let (a, b) = (self.gamma(a), self.gamma(b));
        if a + b > 0.0 { a / (a + b) } else { 0.5 }
    }

    /// After Marsaglia and Tsang 2000; below 1 by the next one.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let power = self.unit().powf(1.0 / shape);
            return self.gamma(shape + 1.0) * power;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// After Box and Muller.
    fn normal(&mut self) -> f64 {
        let (radius, angle) = ((-2.0 * self.unit().ln()).sqrt(), std::f64::consts::TAU * self.unit());
        radius * angle.cos()
    }
}
