# The image that serves the page: the sandbox image, so that both are of the same code, and what the host's side needs.
# `climbdc sandbox build --web` builds it, as it does the other. It holds no Docker client and is given no engine.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
USER 0:0

COPY wheels /wheels
RUN /opt/climbdc/bin/python /wheels/pip.zip/pip --isolated install --quiet --disable-pip-version-check \
        --no-cache-dir --no-index --no-deps --find-links /wheels --requirement /wheels/requirements.txt \
    && rm -rf /wheels \
    && mkdir -m 0700 /data \
    && chown 65532:65532 /data

COPY own /own
RUN /opt/climbdc/bin/python /own/pip.zip/pip --isolated install --quiet --disable-pip-version-check \
        --no-cache-dir --no-index --no-deps --force-reinstall /own/climbdc-*.whl \
    && rm -rf /own

ENV CLIMBDC_DATA_DIR=/data
USER 65532:65532
WORKDIR /data
CMD ["climbdc", "--version"]
