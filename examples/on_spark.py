"""Predict any number of images on Spark, by a model that a run logged in MLflow: crack_exp is not needed there.

    PYSPARK_PYTHON=.venv/bin/python spark-submit examples/on_spark.py models:/MODEL_ID IMAGES OUTPUT

IMAGES is a folder that every worker sees, OUTPUT a new folder of Parquet files with a row for each image. The workers'
Python needs the packages of the model's requirements.txt, and MLflow. Spark does the tasks of a worker that dies anew.
MLFLOW_TRACKING_URI names the store of the model.
"""

import sys

import mlflow.pyfunc
from pyspark.sql import SparkSession

BATCH_SIZE = 64
"""Images that a worker holds at a time: Spark's own 10,000 would fill its memory."""

BYTES_OF_TASK, BYTES_OF_OPENING = 16 * 1024**2, 64 * 1024
"""Of image files, each counted as larger by the second number. What a worker that dies was at is done again."""


def main(model: str, images: str, output: str) -> None:
    spark = SparkSession.builder.appName("crack_exp").getOrCreate()
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(BATCH_SIZE))
    spark.conf.set("spark.sql.files.maxPartitionBytes", str(BYTES_OF_TASK))
    spark.conf.set("spark.sql.files.openCostInBytes", str(BYTES_OF_OPENING))
    judge = mlflow.pyfunc.spark_udf(spark, model, env_manager="local")
    files = spark.read.format("binaryFile").option("recursiveFileLookup", True)
    photos = files.option("pathGlobFilter", "*.{jpg,jpeg,png,JPG,JPEG,PNG}").load(images)
    photos.select("path", judge(photos.content).alias("verdict")).write.parquet(output)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:4])
