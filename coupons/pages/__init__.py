"""The pages customers see: a claim's page, its pictures and its assets."""
