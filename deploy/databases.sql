-- The studies of crack_exp.tune, for tune.storage; that of MLflow is made by compose.yaml.
CREATE DATABASE studies;
