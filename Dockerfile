# One image: the pages, the API and every `hone` command. Its embedded engine needs nothing beside it; docker-compose.yml
# puts a Qdrant server there. Build: docker build --tag hone .
#
# PyPI's torch for Linux on x86 brings CUDA with it, several GB. For a CPU-only image of a fifth of the size, give the
# address of PyTorch's CPU wheels (its installation page names it): docker build --build-arg TORCH_INDEX=ADDRESS --tag hone .

FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/hone
ENV PATH=/opt/hone/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY constraints.txt .
ARG TORCH_INDEX=
RUN pip install --constraint constraints.txt ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} torch==2.13.0${TORCH_INDEX:++cpu}
COPY . .
RUN pip wheel --no-deps --wheel-dir /wheels . \
    && pip install --constraint constraints.txt /wheels/hone-*.whl

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin hone \
    && install --directory --owner hone --group hone /data
COPY --from=build /opt/hone /opt/hone
ENV PATH=/opt/hone/bin:$PATH HONE_HOME=/data HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1
USER 10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]
ENTRYPOINT ["hone"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8501"]
