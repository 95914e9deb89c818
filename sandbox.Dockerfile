# The image in which tools and generated code run: Python, climbdc, what its jobs import, and nothing else.
# `climbdc sandbox build` builds it: it lays out the folders `wheels` and `own` beside this file, which need no network
# to install. The base needs Python 3.11 or newer and glibc 2.28 or newer.
ARG BASE_IMAGE=python:3.11-slim
FROM ${BASE_IMAGE}

# pip runs out of an archive and does not stay: nothing in the image can install anything.
COPY wheels /wheels
RUN python3 -m venv --without-pip /opt/climbdc \
    && /opt/climbdc/bin/python /wheels/pip.zip/pip --isolated install --quiet --disable-pip-version-check \
        --no-cache-dir --no-index --no-deps --find-links /wheels --requirement /wheels/requirements.txt \
    && rm -rf /wheels \
    && mkdir -m 0700 /run/climbdc \
    && chown 65532:65532 /run/climbdc

# Last, so that a change of climbdc does not install the rest again.
COPY own /own
RUN /opt/climbdc/bin/python /own/pip.zip/pip --isolated install --quiet --disable-pip-version-check \
        --no-cache-dir --no-index --no-deps /own/climbdc-*.whl \
    && rm -rf /own

ENV PATH=/opt/climbdc/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp \
    LANG=C.UTF-8 \
    MPLCONFIGDIR=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1
USER 65532:65532
WORKDIR /
CMD ["climbdc", "--version"]
