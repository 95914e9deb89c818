"""Tables out of a job: written by it, described by a locked worker, put together by the host."""
