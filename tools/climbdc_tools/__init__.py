"""The built-in tools of climbdc."""
