"""What stands around the zygote: a process, bubblewrap, a container near or far, a service."""
