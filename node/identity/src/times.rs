//! When a token counts. The clock is an argument.

use crate::{Invalid, jws::Claims};

/// How far clocks may differ, seconds.
pub(crate) const LEEWAY: i64 = 30;

/// Returns when the token ends, if it counts at `now`: `exp` is needed, `nbf` and `iat` count where they are.
pub(crate) fn check(claims: &Claims, now: i64) -> Result<i64, Invalid> {
    let expires = claims.seconds("exp")?;
    if now >= expires.saturating_add(LEEWAY) {
        return Err(Invalid::Expired);
    }
    for begin in ["nbf", "iat"] {
        if claims.optional_seconds(begin)?.is_some_and(|begin| begin > now.saturating_add(LEEWAY)) {
            return Err(Invalid::NotYetValid);
        }
    }
    Ok(expires)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: i64 = 1_790_000_000;

    fn checked(claims: Value) -> Result<i64, Invalid> {
        check(&Claims::new(claims.as_object().unwrap().clone()), NOW)
    }

    #[test]
    fn clocks_may_differ_by_half_a_minute() {
        assert_eq!(checked(json!({ "exp": NOW - 29 })), Ok(NOW - 29));
        assert_eq!(checked(json!({ "exp": NOW - 30 })), Err(Invalid::Expired));
        assert_eq!(checked(json!({ "exp": NOW - 31 })), Err(Invalid::Expired));
        for begin in ["nbf", "iat"] {
            assert!(checked(json!({ "exp": NOW + 60, begin: NOW + 30 })).is_ok());
            assert_eq!(checked(json!({ "exp": NOW + 60, begin: NOW + 31 })), Err(Invalid::NotYetValid));
            assert_eq!(checked(json!({ "exp": NOW + 60, begin: "soon" })), Err(Invalid::Claims));
        }
        assert_eq!(checked(json!({})), Err(Invalid::Claims));
    }
}
