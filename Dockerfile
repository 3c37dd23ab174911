# docker build --tag prosody-tokend .
FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates
WORKDIR /source
COPY . .
RUN cargo build --locked --release --bin prosody-tokend && container/root target/release/prosody-tokend /image

FROM scratch
LABEL org.opencontainers.image.title="prosody-tokend" \
      org.opencontainers.image.description="Decides who may join a Jitsi Meet conference" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image /
# Its number, so that whoever must not run as root can see that it does not.
USER 65534:65534
EXPOSE 5290
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["/usr/bin/prosody-tokend", "health"]
ENTRYPOINT ["/usr/bin/prosody-tokend"]
CMD ["serve"]
