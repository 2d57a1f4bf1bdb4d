"""The HTTP door to the actions, for programs: JSON, tokens with scopes, described by OpenAPI."""
