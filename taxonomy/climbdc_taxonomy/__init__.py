"""The data-centric taxonomy of climbdc."""
