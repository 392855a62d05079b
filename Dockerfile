# Two stages: the first installs what the lock names, the second holds nothing but the result.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# requirements-fast.lock brings numba, for some 10,000 subscriptions and more
ARG LOCK=requirements.lock
WORKDIR /src
RUN python -m venv /opt/paperwire
COPY ${LOCK} ./
RUN /opt/paperwire/bin/pip install --require-hashes -r ${LOCK}
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY adapters adapters
RUN /opt/paperwire/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
ENV PATH=/opt/paperwire/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PAPERWIRE_DATA_DIR=/data PAPERWIRE_HOST=0.0.0.0
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin paperwire \
    && install -d -o paperwire -g paperwire -m 0700 /data
COPY --from=build /opt/paperwire /opt/paperwire
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8427
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8427/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["paperwire"]
CMD ["run"]
