"""When and how the lake is run: programs, jobs and schedules."""
