return "from the script"
