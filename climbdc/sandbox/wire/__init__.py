"""What host and worker say to each other: frames on a socket, JSON, and open files handed over."""
