-- In place of a library that Jitsi's token modules load: nothing of the shim may.
error("a library was loaded that Prosody does not bring along");
