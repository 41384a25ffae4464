# The workbook in a container, from the pins that Binder uses:
#
#     docker build -t mmlab . && docker run --rm -p 127.0.0.1:8888:8888 mmlab
#
# prints an address with its token, to be opened in a browser. Work is lost with the container, unless a folder of yours is
# its /home/reader/work: docker run --rm -p 127.0.0.1:8888:8888 -v "$PWD/work:/home/reader/work" mmlab
FROM python:3.11-slim-bookworm

RUN useradd --create-home --uid 1000 reader
USER reader
RUN mkdir /home/reader/mmlab /home/reader/work && python -m venv /home/reader/environment
ENV PATH=/home/reader/environment/bin:$PATH
WORKDIR /home/reader/mmlab

# By itself, so that a change of the book does not install its packages again.
COPY --chown=reader binder/requirements.txt binder/requirements.txt
RUN pip install --no-cache-dir -r binder/requirements.txt

COPY --chown=reader . .
RUN binder/postBuild

EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser", "--notebook-dir=/home/reader", "mmlab/notebooks/00_start_here.ipynb"]
