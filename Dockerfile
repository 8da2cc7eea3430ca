# The program with the bundled sample, for one user without rights:
#
#     docker build -t audience .
#     docker run -d --name audience --stop-timeout 30 -p 127.0.0.1:8080:8080 \
#         -e AUTH_TOKEN="$(openssl rand -hex 24)" -v audience:/var/lib/audience audience
#
# packaging/README.md says what else there is to know.

FROM rust:1.95.0-slim-bookworm AS build
# The compiler of the image, whatever rust-toolchain.toml says.
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /build
COPY scripts/install scripts/build-tools scripts/
RUN scripts/build-tools
COPY . .
RUN cargo build --release --locked --bin audience

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates fonts-wqy-microhei git libssl3 openssh-client zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/audience --create-home audience
COPY --from=build /build/target/release/audience /usr/bin/audience
COPY settings /etc/audience/settings
COPY examples /usr/share/audience/examples

# Relative paths of the settings start here: the bundled sample is `examples/sample/posts.csv`.
WORKDIR /usr/share/audience
# What is not in this volume is lost with the container. Listening beyond loopback takes a token.
ENV AUDIENCE_SETTINGS=/etc/audience/settings \
    AUDIENCE_ENV=production \
    AUDIENCE__DATABASE__URL=sqlite:///var/lib/audience/audience.db \
    AUDIENCE__SERVER__BIND=0.0.0.0:8080
VOLUME /var/lib/audience
EXPOSE 8080
USER audience
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s CMD ["audience", "health"]
ENTRYPOINT ["audience"]
CMD ["serve"]
