"""Operations: health, readiness, metrics, contract document."""
