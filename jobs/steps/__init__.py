"""Steps of the flow that belong together, for jobs.flows."""
