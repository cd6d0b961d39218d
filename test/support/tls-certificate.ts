/**
 * A certificate for `localhost` and 127.0.0.1 that signs itself, and its key, for tests alone: they protect nothing. Made
 * with `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500`.
 */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUBRZ4JE4FTuOVH9sKgBuJ5mqJb08wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTIwMTE2MjUxOFoYDzIxMjYxMTA3
MTYyNTE4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQ6Ue/B/ho6Lazh2hQoIDZI4kbv9ANPVV9NMCaaLWta/w958s078jLO
3MvJFo8kvqzqRWQxeV0Pd7T8bs5cpcdro28wbTAdBgNVHQ4EFgQU4RqwEeReQ3Hk
TUc5CLrd70oL40cwHwYDVR0jBBgwFoAU4RqwEeReQ3HkTUc5CLrd70oL40cwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAOHcCNayBI87m48Y81iUEF5fqjPcudNjwPE6xbDjfyjPAiBb
c4vlCSh4NdqxktERU3FL136do5wv87bdFrEj7r+KaA==
-----END CERTIFICATE-----
`;
export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDPHXUK2na2S5/0lc
eCT+AcM+Ubu1fc7iPbKPE4pHqGihRANCAAQ6Ue/B/ho6Lazh2hQoIDZI4kbv9ANP
VV9NMCaaLWta/w958s078jLO3MvJFo8kvqzqRWQxeV0Pd7T8bs5cpcdr
-----END PRIVATE KEY-----
`;
