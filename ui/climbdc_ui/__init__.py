"""The Gradio page of climbdc."""
