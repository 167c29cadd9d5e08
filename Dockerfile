# The image of every process: `samverkan` with the locked dependencies, without tools, not as root.

FROM rust:1-slim AS lane
WORKDIR /build
# The stable ABI asks for no Python at compile time, and links to none.
ENV PYO3_NO_PYTHON=1 PYO3_BUILD_EXTENSION_MODULE=1
COPY express express
RUN cargo build --release --locked --manifest-path express/Cargo.toml --target-dir target

FROM python:3.11-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
# Dependencies first: they change less often than the code.
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --locked --no-dev --no-install-project
COPY schemas schemas
COPY gateway gateway
COPY --from=lane /build/target/release/libcompiled.so gateway/express/compiled.abi3.so
COPY consumers consumers
COPY simulator simulator
RUN uv sync --locked --no-dev --no-editable

FROM python:3.11-slim
RUN useradd --system --uid 10001 samverkan \
    && mkdir -p /var/lib/samverkan /var/lib/samverkan-keys \
    && chown samverkan /var/lib/samverkan /var/lib/samverkan-keys \
    && chmod 700 /var/lib/samverkan-keys
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /var/lib/samverkan
USER samverkan
ENTRYPOINT ["samverkan"]
