"""Inside: the zygote, the processes that it forks for jobs, and the lock on each."""
