"""The API reference for people: Swagger UI, served from this process, with nothing loaded from elsewhere."""
