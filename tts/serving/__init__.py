"""Speech as a service: an OpenAI-compatible HTTP server, a page, the Wyoming protocol, and bulk synthesis."""
