-- The version that these files belong to: prosody-tokend's own.
return "0.1.0";
