set_by_dofile = "by dofile"
