"""The engine of climbdc."""
