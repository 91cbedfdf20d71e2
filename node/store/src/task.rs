//! Work that blocks, on threads of its own.

use crate::StoreError;

/// Runs what blocks where it keeps nobody waiting.
///
/// # Errors
///
/// The work ended before it was done. `what` says what it was, for a message: `opening segments`.
pub async fn blocking<T: Send + 'static>(
    what: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.map_err(|source| StoreError::Task { what, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fault_of_the_program_is_not_one_of_the_store() {
        assert_eq!(blocking("counting", || 7).await.unwrap(), 7);
        let ended = blocking::<()>("counting", || panic!("of no number")).await.unwrap_err();
        assert!(matches!(ended, StoreError::Task { what: "counting", .. }));
        assert!(!ended.to_string().contains("damaged"), "{ended}");
    }
}
