error("a hidden file is not included")
